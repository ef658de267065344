import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getAsset, getAssetKeys } from 'node:sea'
import { pathToFileURL } from 'node:url'
import { processIo } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'

/** Entry point of the executable. In its bundle, `import.meta.url` is replaced by `pillionLocation`. */
Object.defineProperty(globalThis, 'pillionLocation', { get: () => location() })

let unpacked: string | undefined

/** A path in dist/ beside the catalog and the examples, as in the npm package, because Pillion reads them as files. */
function location(): string {
  unpacked ??= unpack()
  return pathToFileURL(join(unpacked, 'dist', 'pillion.js')).href
}

/** Unpacks into a directory that no other user can write to, and deletes it when the process ends. */
function unpack(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pillion-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const name of getAssetKeys()) {
    mkdirSync(join(directory, dirname(name)), { recursive: true })
    writeFileSync(join(directory, name), getAsset(name, 'utf8'))
  }
  return directory
}

main(process.argv, processIo()).then(code => {
  process.exitCode = code
})
