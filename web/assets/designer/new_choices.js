// The value of a choice that is new here becomes what the choice is called once it is called something: people and decision
// tables speak of it by that word. One that a saved form had keeps its value, whatever it is called.
const MADE = /^(?:Value|value) ?\d*$/; // as the editor makes label and value

export function newChoices(schema, say) {
  const known = new Map();
  const remember = (parts) => parts?.forEach((each) => (known.set(each.id, JSON.stringify(each.values ?? [])), remember(each.components)));
  remember(schema.components);

  function Following(eventBus) {
    eventBus.on("commandStack.formField.edit.preExecute", ({ context }) => {
      const { values } = context.properties;
      const had = known.get(context.formField.id) ?? "";
      if (Array.isArray(values)) context.properties.values = values.map((each) => followed(each, values, had));
    });
  }

  function followed(choice, all, had) {
    const { label, value } = choice;
    const isMade = typeof value === "string" && MADE.test(value) && !had.includes(JSON.stringify(value));
    if (typeof label !== "string" || !isMade) return choice;
    if (MADE.test(label)) return { ...choice, label: label.replace("Value", say("Value")) };
    const word = label.trim();
    const isFree = word && word !== say("Value") && !word.startsWith(`${say("Value")} `) && !all.some((each) => each !== choice && each.value === word);
    return isFree ? { ...choice, value: word } : choice;
  }

  Following.$inject = ["eventBus"];
  return { __init__: ["newChoices"], newChoices: ["type", Following] };
}
