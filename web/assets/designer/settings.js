// The settings of a process: completing and checking expressions.
import { expressions } from "./expressions.js";

const form = document.querySelector("[data-expressions]");
expressions(form, form);
