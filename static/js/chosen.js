// Files chosen in a field, also those chosen before this script had come: nobody else would hear of them. The form must
// have autocomplete="off", or files that the browser puts back after going back would be taken for new ones.
export function whenChosen(input, take) {
  input.addEventListener("change", () => take(input.files));
  if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
}
