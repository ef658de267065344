import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** How the image starts a server. */
export interface Image {
  /** Of Node, before the program. */
  readonly flags: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '../..')

/** The bundle, which `npm run build` makes. */
export const program = join(process.env['DIST'] ?? join(root, 'dist'), 'pillion.js')

/**
 * As the Dockerfile says, read from it so that what is measured is what is shipped, and as Node finds itself in a
 * container. The compile cache is filled as the image's build does it, in that directory.
 */
export async function imageIn(directory: string): Promise<Image> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
  const [, entrypoint = '[]'] = dockerfile.match(/^ENTRYPOINT (.*)$/m) ?? []
  const [, ...args]: string[] = JSON.parse(entrypoint)
  const flags = args.slice(0, -1)
  const variables = Object.fromEntries(
    [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => pairsOf(line)),
  )
  const environment = {
    ...variables,
    // The last of several counts: what the image says of the heap stands.
    NODE_OPTIONS: [...inContainer, variables['NODE_OPTIONS'] ?? ''].join(' ').trim(),
    NODE_COMPILE_CACHE: join(directory, 'compiled'),
  }
  await promisify(execFile)(process.execPath, [...flags, program, 'demo'], {
    env: { ...process.env, ...environment },
  })
  return { flags, environment }
}

/**
 * What Node takes by itself in a container of 384 MiB, which is the limit in deploy/base/deployment.yaml. Where it sees
 * gigabytes it lets 150 MB of garbage lie before it looks.
 */
const inContainer = ['--max-old-space-size=256', '--max-semi-space-size=1']

/** `A=1 B="2 3"` */
function pairsOf(line: string): [string, string][] {
  return [...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)].map(([, name = '', quoted, plain = '']) => [
    name,
    quoted ?? plain,
  ])
}
