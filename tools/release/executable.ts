import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { bundle } from '../build.ts'

/**
 * Builds one executable with the CLI and Node, for the system that this runs on, and packs it as krew needs it:
 * tools/release/out/pillion-OS-ARCH.tar.gz. https://nodejs.org/api/single-executable-applications.html
 *
 *     npx node tools/release/executable.ts
 */
const root = join(import.meta.dirname, '../..')
const out = join(import.meta.dirname, 'out')
const run = promisify(execFile)
const isMac = process.platform === 'darwin'
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

await mkdir(out, { recursive: true })
const program = join(out, 'pillion.cjs')
const blob = join(out, 'pillion.blob')
const executable = join(out, 'pillion')
await bundleProgram()
await writeBlob()
await inject()
const archive = `pillion-${process.platform}-${architectures[process.arch]}.tar.gz`
const licenses = ['LICENSE', 'dist/LICENSES.txt']
await run('tar', ['-czf', join(out, archive), '-C', out, 'pillion', '-C', root, ...licenses])
console.log(join('tools/release/out', archive))

async function bundleProgram(): Promise<void> {
  await build({
    ...bundle,
    entryPoints: [join(import.meta.dirname, 'executable-main.ts')],
    outfile: program,
    format: 'cjs',
    // executable-main.ts calls main, so main.ts must not.
    define: { 'import.meta.main': 'false', 'import.meta.url': 'pillionLocation' },
    // Code from the code cache cannot use import().
    supported: { 'dynamic-import': false },
  })
}

async function writeBlob(): Promise<void> {
  const shipped = globSync('{catalog,examples}/*', { cwd: root })
  const configuration = join(out, 'sea.json')
  await writeFile(
    configuration,
    JSON.stringify({
      main: program,
      output: blob,
      assets: Object.fromEntries(shipped.map(file => [file.replaceAll('\\', '/'), join(root, file)])),
      useCodeCache: true,
      disableExperimentalSEAWarning: true,
    }),
  )
  await run(process.execPath, ['--experimental-sea-config', configuration])
}

/** Puts the blob into a copy of Node. The version of postject is pinned, because it writes what users run. */
async function inject(): Promise<void> {
  await copyFile(process.execPath, executable)
  await chmod(executable, 0o755)
  if (isMac) await run('codesign', ['--remove-signature', executable])
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2']
  const segment = isMac ? ['--macho-segment-name', 'NODE_SEA'] : []
  await run('npx', [
    '--yes',
    'postject@1.0.0-alpha.6',
    executable,
    'NODE_SEA_BLOB',
    blob,
    ...fuse,
    ...segment,
  ])
  if (isMac) await run('codesign', ['--sign', '-', executable])
}
