// Stands where the libraries would load a code editor: nothing here edits queries.
export const loader = { config() {} };
export const Uri = {};
export const KeyCode = {};
export const KeyMod = {};
export const languages = {};
export const editor = {};
export default {};
