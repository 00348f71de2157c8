// The script of every page: htmx, and small behaviours bound to data attributes.
import "htmx.org/dist/htmx.esm.js";
import "./css/app.css";
import "./js/sending.js"; // first: what is held back the others do not see
import "./js/batches.js";
import "./js/charts.js";
import "./js/choices.js";
import "./js/diagrams.js";
import "./js/copy.js";
import "./js/dialogs.js";
import "./js/downloads.js";
import "./js/drafts.js";
import "./js/finders.js";
import "./js/forms.js";
import "./js/keyboard.js";
import "./js/lengths.js";
import "./js/live_forms.js";
import "./js/mapping.js";
import "./js/mentions.js";
import "./js/menus.js";
import "./js/phrases.js";
import "./js/positions.js";
import "./js/previews.js";
import "./js/signing.js";
import "./js/tree.js";
import "./js/typed.js";
import "./js/unsaved.js";
import "./js/uploads.js";
