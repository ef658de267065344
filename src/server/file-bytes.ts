import { readFile } from 'node:fs/promises'

/** The contents of files by path; an error for a file that cannot be read. */
export type Files = ReadonlyMap<string, Buffer | Error>

export async function readFiles(paths: readonly string[]): Promise<Files> {
  const contents = await Promise.all(paths.map(path => readFile(path).catch((error: Error) => error)))
  return new Map(paths.map((path, i) => [path, contents[i]!]))
}

/**
 * Polls until it is stopped, and calls `changed` when `read` gives other bytes than last time; `known` are those of the
 * first time. It compares bytes, because fs.watch reports nothing when Kubernetes swaps the symbolic link above the
 * mounted files.
 * https://kubernetes.io/docs/concepts/configuration/secret/#mounted-secrets-are-updated-automatically
 */
export function watchBytes({ read, known, intervalMs, changed }: WatchOptions): { stop(): void } {
  let last = known
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function look(): Promise<void> {
    const files = await read()
    if (isStopped) return
    if (!isSame(last, files)) {
      last = files
      changed(files)
    }
    wait()
  }

  function wait(): void {
    // Polling must not keep the process alive.
    timer = setTimeout(look, intervalMs).unref()
  }

  wait()
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

export interface WatchOptions {
  readonly read: () => Promise<Files>
  readonly known: Files
  readonly intervalMs: number
  readonly changed: (files: Files) => void
}

function isSame(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([path, content]) => isSameContent(content, b.get(path)))
}

function isSameContent(a: Buffer | Error, b: Buffer | Error | undefined): boolean {
  if (Buffer.isBuffer(a)) return Buffer.isBuffer(b) && a.equals(b)
  return b instanceof Error && a.message === b.message
}
