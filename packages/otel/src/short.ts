/** The longest text a span carries, in characters: agents, tools and models are named by whoever asks for them. */
export const MAX_TEXT = 1_024

/** Not longer than {@link MAX_TEXT}. */
export function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
}

/** The name of a span, `what` being what its braces stand for. */
export function spanName(template: string, what: string): string {
  return template.replace(/\{\w+\}/, () => short(what))
}
