/** The template asks for what cannot be: its author has to mend it. The message is one line and names the place. */
export class TemplateError extends Error {}
