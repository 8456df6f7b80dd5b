import { join } from 'node:path'
import ts from 'typescript'

/**
 * What is wrong with the types of some files and of the declarations of ours they import, as `tsc` would say it. The
 * declarations of others are read and not checked themselves; one that ours mention and that is not installed is told.
 *
 * @param options Compiler options as in a `tsconfig.json`.
 */
export function typeErrors(directory: string, files: readonly string[], options: object): string[] {
  const settings = { strict: true, noEmit: true, target: 'es2022', ...options }
  const converted = ts.convertCompilerOptionsFromJson(settings, directory)
  const roots = files.map((file) => join(directory, file))
  const host = ts.createCompilerHost(converted.options)
  host.getCurrentDirectory = () => directory
  const program = ts.createProgram(roots, converted.options, host)
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => roots.includes(fileName) || fileName.includes('/node_modules/@arcp/'))
  const found = [
    ...converted.errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...ours.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ]
  return found.map((diagnostic) => ts.formatDiagnostic(diagnostic, host).trim())
}
