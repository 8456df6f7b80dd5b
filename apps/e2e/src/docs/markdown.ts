/** A piece of a page between two headings. */
export interface Section {
  /** How many `#` its heading has; 0 for what comes before the first. */
  readonly level: number
  readonly title: string
  readonly text: string
}

/** A page's sections, in order. Headings inside code are none. */
export function sectionsOf(page: string): Section[] {
  const sections = [{ level: 0, title: '', text: '' }]
  let inCode = false
  for (const line of page.split('\n')) {
    if (line.startsWith('```')) inCode = !inCode
    const heading = inCode ? null : /^(#+) (.+)$/.exec(line)
    if (heading) sections.push({ level: heading[1]?.length ?? 0, title: heading[2] ?? '', text: '' })
    else (sections.at(-1) as { text: string }).text += `${line}\n`
  }
  return sections
}

/** The code blocks of a language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  )
}

/** The rows of every table, as their cells; headings and rulers are left out. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n')
  const isRow = (line: string | undefined) => line?.startsWith('|') === true
  const isRuler = (line: string | undefined) => isRow(line) && /^[|\s:-]+$/.test(line ?? '')
  return lines
    .filter((line, i) => isRow(line) && !isRuler(line) && !isRuler(lines[i + 1]))
    .map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}
