import { readFile } from 'node:fs/promises'

/** The contents of files by path; an error for a file that cannot be read. */
export type Files = ReadonlyMap<string, Buffer | Error>

export async function readFiles(paths: readonly string[]): Promise<Files> {
  const contents = await Promise.all(paths.map(path => readFile(path).catch((error: Error) => error)))
  return new Map(paths.map((path, i) => [path, contents[i]!]))
}

/**
 * Reads files, and again until the signal. Resolves with the first result, and calls `changed` with the result of other
 * bytes than before. It compares bytes, because fs.watch reports nothing when Kubernetes swaps the symbolic link above the
 * mounted files.
 * https://kubernetes.io/docs/concepts/configuration/secret/#mounted-secrets-are-updated-automatically
 */
export async function followFiles<T>({ read, parse, changed, intervalMs, signal }: Following<T>): Promise<T> {
  let last = await read()

  async function look(): Promise<void> {
    if (signal.aborted) return
    const files = await read()
    if (signal.aborted) return
    if (!isSame(last, files)) {
      last = files
      changed(parse(files))
    }
    wait()
  }

  function wait(): void {
    // Polling must not keep the process alive.
    setTimeout(look, intervalMs).unref()
  }

  wait()
  return parse(last)
}

export interface Following<T> {
  readonly read: () => Promise<Files>
  readonly parse: (files: Files) => T
  readonly changed: (result: T) => void
  readonly intervalMs: number
  readonly signal: AbortSignal
}

function isSame(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([path, content]) => isSameContent(content, b.get(path)))
}

function isSameContent(a: Buffer | Error, b: Buffer | Error | undefined): boolean {
  if (Buffer.isBuffer(a)) return Buffer.isBuffer(b) && a.equals(b)
  return b instanceof Error && a.message === b.message
}
