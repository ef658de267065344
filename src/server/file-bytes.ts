import { readFile } from 'node:fs/promises'

/** What files hold, by path; an error stands for one that cannot be read. */
export type Files = ReadonlyMap<string, Buffer | Error>

export async function readFiles(paths: readonly string[]): Promise<Files> {
  const contents = await Promise.all(paths.map(path => readFile(path).catch((error: Error) => error)))
  return new Map(paths.map((path, i) => [path, contents[i]!]))
}

/**
 * Calls `changed` whenever `read` gives other bytes than at the last look, the first of which `known`
 * was, until it is stopped. It looks at bytes, not at events or times: Kubernetes swaps a symbolic link
 * above the mounted files, of which fs.watch says nothing.
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
    // Watching alone keeps no process alive.
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
