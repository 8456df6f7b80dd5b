/** One of `items`, whatever number stands for it; none if there are none. */
export function oneOf<T>(items: readonly T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items[index % items.length]
}
