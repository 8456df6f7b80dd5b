const grouped = new Intl.NumberFormat('en-US')
const oneDecimal = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A count with its thousands apart: `1,234,567`. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** A size in the unit that fits: `999 B`, `1.5 KiB`, `20.0 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  let size = bytes / 1024
  let unit = 0
  // 1023.95 would be rounded to 1,024.0 of the smaller unit.
  while (size >= 1023.95 && unit < UNITS.length - 1) {
    size /= 1024
    unit++
  }
  return `${oneDecimal.format(size)} ${UNITS[unit]}`
}
