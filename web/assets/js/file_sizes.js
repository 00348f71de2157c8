// Files that the server would not take at once: a browser knows their size before it sends them in vain.
import { fill, words } from "./words.js";

export function tooLarge(files) {
  const size = [...files].reduce((sum, file) => sum + file.size, 0);
  const most = Number(words.most_megabytes);
  return most && size > most * 1048576 ? fill(words.too_large, { most }) : "";
}
