import { keepLongest, LONGEST_KEPT, type LongLine } from './longest-lines'
import { type MarkerCounts, markerTable, noMarkers, OUTSIDE } from './markers'

/** What one text holds. */
export interface TextCounts {
  /** Newline bytes, as `wc -l` counts: a last line without one does not count. */
  lines: number
  /** Runs of bytes between white space, as `wc -w` counts in a UTF-8 locale. */
  words: number
  /** Markers as whole words, as `LC_ALL=C grep -ow` finds them. */
  markers: MarkerCounts
  /** The longest lines, longest first, empty ones left out; a last line without a newline takes part. */
  longest: LongLine[]
}

/** Counts a text that arrives in pieces, cut anywhere. */
export interface TextScan {
  /** Takes the next piece; it is not kept. */
  push(piece: Uint8Array): void
  /** Closes the last word and line. Call it once, after the last piece. */
  end(): TextCounts
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** The ASCII white space of `isspace`: space, tab, newline, vertical tab, form feed, carriage return. */
const isSpace = new Uint8Array(256)
for (const byte of [0x20, 0x09, NEWLINE, 0x0b, 0x0c, RETURN]) isSpace[byte] = 1

/** Whether these bytes, as one number, are a character outside ASCII that separates words. */
function isWideSpace(bytes: number): boolean {
  return (
    bytes === 0xc2a0 || // no-break space
    (bytes >= 0xe28080 && bytes <= 0xe2808a) || // en quad … hair space
    bytes === 0xe280af || // narrow no-break space
    bytes === 0xe2819f || // medium mathematical space
    bytes === 0xe281a0 || // word joiner
    bytes === 0xe38080 || // ideographic space
    bytes === 0xe19a80 // Ogham space mark
  )
}

/**
 * A scan that has seen nothing yet. It works on bytes, in one pass, and decodes nothing. Beside white space
 * every byte belongs to a word; `wc` before coreutils 9.4 leaves out words made of nothing printable.
 */
export function scanText(): TextScan {
  const { isWord, next, complete } = markerTable
  const markers = noMarkers()
  const longest: LongLine[] = []
  let lines = 0
  let words = 0
  let length = 0
  let inWord = false
  // For a character of several bytes: those seen so far, and whether it came inside a word.
  let wide = 0
  let wasInWord = false
  let marker = OUTSIDE
  let previous = 0
  let shortestKept = 0

  const endMarker = () => {
    const found = complete[marker]
    if (found !== undefined) markers[found]++
    marker = OUTSIDE
  }

  const endLine = () => {
    if (length <= shortestKept) return
    keepLongest(longest, { length, line: lines + 1 })
    if (longest.length === LONGEST_KEPT) shortestKept = longest[LONGEST_KEPT - 1]?.length ?? 0
  }

  return {
    push(piece) {
      // Indexed on purpose: this loop sees every byte of every file.
      for (let i = 0; i < piece.length; i++) {
        const byte = piece[i] as number
        if (isWord[byte] === 1) marker = next[marker * 256 + byte] as number
        else if (marker !== OUTSIDE) endMarker()

        if (byte >= 0x80) {
          if (byte >= 0xc0) {
            length++
            wide = byte
            wasInWord = inWord
          } else wide = (wide << 8) | byte
          if (!inWord) {
            words++
            inWord = true
          }
          if (byte < 0xc0 && isWideSpace(wide)) {
            if (!wasInWord) words--
            inWord = false
          }
        } else if (byte === NEWLINE) {
          if (previous === RETURN) length--
          endLine()
          lines++
          length = 0
          inWord = false
        } else {
          length++
          if (isSpace[byte] === 1) inWord = false
          else if (!inWord) {
            words++
            inWord = true
          }
        }
        previous = byte
      }
    },
    end() {
      endMarker()
      endLine()
      return { lines, words, markers, longest }
    },
  }
}
