import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

export interface Trace {
  readonly error: string
  readonly at: readonly string[]
}

/**
 * The parts of an error that may be in the log: its name and stack. Its message may quote a Pod, as the errors of
 * JSON.parse do.
 */
export const traceOf = tracing(fileURLToPath(import.meta.url))

/**
 * Traces that name positions in the sources instead of the bundle, if there is a source map beside it. The map is read at
 * the first error: Node would read it at each start, for 60 ms and 8 MB.
 */
export function tracing(bundle: string): (error: unknown) => Trace {
  let map: Pick<SourceMap, 'findEntry'> | undefined
  const inSource = (frame: string): string => {
    const [place, line, column] = /:(\d+):(\d+)/.exec(frame.split(bundle)[1] ?? '') ?? []
    if (place === undefined) return frame
    map ??= readMap(`${bundle}.map`)
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry) || entry.originalSource === '') return frame
    const { originalSource, originalLine, originalColumn } = entry
    const source = `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`
    return frame.replace('file://', '').replace(`${bundle}${place}`, source)
  }
  return error => {
    if (!(error instanceof Error)) return { error: typeof error, at: [] }
    const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
    return { error: error.name, at: frames.map(line => inSource(line.trim())) }
  }
}

function readMap(file: string): Pick<SourceMap, 'findEntry'> {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Not a bundle, or a bundle without its map.
    return { findEntry: () => ({}) }
  }
}
