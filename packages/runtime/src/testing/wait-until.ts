/** Lets everything go on until `is` holds. */
export async function waitUntil(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setImmediate(resolve))
}
