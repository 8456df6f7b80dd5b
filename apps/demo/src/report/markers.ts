/** The words that mark work left to do, as they are counted: upper case and whole. */
export const MARKERS = ['TODO', 'FIXME', 'XXX', 'HACK'] as const

/** One of {@link MARKERS}. */
type Marker = (typeof MARKERS)[number]

/** How often each marker occurs. */
export type MarkerCounts = Record<Marker, number>

/** The counts of a text that holds no marker. */
export function noMarkers(): MarkerCounts {
  return { TODO: 0, FIXME: 0, XXX: 0, HACK: 0 }
}

/** In no word: what every byte that is not a letter, digit or underscore leads to. */
export const OUTSIDE = 0
/** In a word that can no longer become a marker. */
const ELSEWHERE = 1

/**
 * A table-driven recogniser of the markers, byte by byte. Words are runs of ASCII letters, digits and
 * underscores, as `LC_ALL=C grep -w` has them.
 */
export interface MarkerTable {
  /** 1 for the bytes words are made of. */
  readonly isWord: Uint8Array
  /** `next[state * 256 + byte]` is the state after one more word byte. */
  readonly next: Uint8Array
  /** For each state the marker that is complete there, if the word ends. */
  readonly complete: readonly (Marker | undefined)[]
}

function wordBytes(): Uint8Array {
  const isWord = new Uint8Array(256)
  for (let byte = 0; byte < 128; byte++) isWord[byte] = /\w/.test(String.fromCharCode(byte)) ? 1 : 0
  return isWord
}

function buildTable(): MarkerTable {
  const prefixes = [
    '',
    ...new Set(MARKERS.flatMap((marker) => [...marker].map((_, i) => marker.slice(0, i + 1)))),
  ]
  const stateOf = (prefix: string) => {
    const index = prefixes.indexOf(prefix)
    return index === 0 ? OUTSIDE : index < 0 ? ELSEWHERE : index + 1
  }
  const next = new Uint8Array((prefixes.length + 1) * 256).fill(ELSEWHERE)
  const complete: (Marker | undefined)[] = []
  for (const prefix of prefixes) {
    const state = stateOf(prefix)
    complete[state] = MARKERS.find((marker) => marker === prefix)
    for (let byte = 0; byte < 128; byte++)
      next[state * 256 + byte] = stateOf(prefix + String.fromCharCode(byte))
  }
  return { isWord: wordBytes(), next, complete }
}

/** The table for {@link MARKERS}. */
export const markerTable: MarkerTable = buildTable()
