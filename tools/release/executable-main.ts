import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getAsset, getAssetKeys } from 'node:sea'
import { pathToFileURL } from 'node:url'
import { processIo } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'

/** What the one executable runs. In its bundle `import.meta.url` is `pillionLocation`. */
Object.defineProperty(globalThis, 'pillionLocation', { get: () => location() })

let unpacked: string | undefined

/** A file of its own in dist/, beside the catalog and the examples, as in the package: they are read as files. */
function location(): string {
  unpacked ??= unpack()
  return pathToFileURL(join(unpacked, 'dist', 'pillion.js')).href
}

/** Into a directory that nobody else can write to; gone when the process ends. */
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
