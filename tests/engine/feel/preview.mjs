// Evaluates expressions with the interpreter that the form editor's preview uses: JSON in, JSON lines of text out.
import { evaluate } from 'feelin';

function shown(value) {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value.constructor !== Object) return String(value);
  return `{${Object.entries(value).map(([key, entry]) => `${key}: ${shown(entry)}`).join(', ')}}`;
}

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { expressions, context } = JSON.parse(input);
const results = expressions.map((expression) => {
  try {
    return shown(evaluate(expression, context).value);
  } catch (error) {
    return `error: ${error.message.split('\n')[0]}`;
  }
});
process.stdout.write(JSON.stringify(results));
