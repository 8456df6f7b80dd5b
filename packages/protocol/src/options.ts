/**
 * Refuses options there are none of, so that none is misspelt without notice.
 *
 * @param others what is left of options when all there are have been taken out
 * @param of what comes before their names, such as `limits.`
 * @throws TypeError that names the first of them
 */
export function refuseOthers(others: object, of = ''): void {
  for (const name in others) throw new TypeError(`there is no option ${of}${name}`)
}
