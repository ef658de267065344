import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** They allow to distribute a package as a part of an Apache-2.0 program, if its notice and its license are there. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
])

/**
 * The licenses of the packages in a bundle: the copyright holders of each package, and each license text once. Takes the
 * input files of the bundle. Throws if a package has another license than those that are allowed.
 */
export async function licensesOf(inputs: readonly string[]): Promise<string> {
  const packages = await packagesOf(inputs)
  const others = packages.filter(({ license }) => !allowed.has(license))
  if (others.length > 0) {
    const list = others.map(({ name, license }) => `${name} (${license})`).join(', ')
    throw new Error(`tools/release/licenses.ts does not allow the license of ${list}`)
  }
  const holders = packages.map(
    ({ name, version, license, holders }) => `${name} ${version} (${license})\n${holders}`,
  )
  const texts = new Map(
    packages.flatMap(({ license, text }) => (text === '' ? [] : [[sameness(license, text), text]])),
  )
  return [`What is bundled with Pillion:\n\n${holders.join('\n')}`, ...texts.values()].join(
    `\n\n${'-'.repeat(80)}\n\n`,
  )
}

/** The packages in a bundle, by name. Takes the input files of the bundle. */
export function packagesOf(inputs: readonly string[]) {
  const directories = new Set(inputs.flatMap(file => file.match(packageDirectory)?.[0] ?? []))
  return Promise.all([...directories].sort().map(readPackage))
}

const packageDirectory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/

async function readPackage(directory: string) {
  const { name, version, license, author } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  )
  const file = globSync('{LICEN[CS]E,licen[cs]e}{,-*}{,.md,.txt}', { cwd: directory })[0]
  const text = file === undefined ? '' : await readFile(join(directory, file), 'utf8')
  const lines = text.split(/\r?\n/).map(line => line.trim())
  const own = lines.filter(line => isHolder(line)).join('\n  ')
  return {
    name: String(name),
    version: String(version),
    license: String(license),
    holders: `  ${own || (typeof author === 'string' ? author : author?.name) || 'see the package'}`,
    // Many texts differ only in copyright holders and line breaks.
    text: lines
      .filter(line => !isHolder(line))
      .join('\n')
      .replace(/([^\n])\n(?=[^\n])/g, '$1 ')
      .replace(/\n{2,}/g, '\n\n')
      .trim(),
  }
}

/** Many texts differ only in title and punctuation. The Apache License is one text, with or without its appendix. */
function sameness(license: string, text: string): string {
  if (license === 'Apache-2.0') return license
  const [, body = text] = text.split(/(?=Permission |Redistribution )/s)
  return body.toLowerCase().replace(/[^a-z]/g, '')
}

function isHolder(line: string): boolean {
  return /^(?:copyright\b.*\d{4}|copyright \(c\)|\(c\) .*\d{4}|©)/i.test(line)
}
