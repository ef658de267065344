import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Result, readRecord } from '../../test/apiserver/tested-versions.ts'
import { versions } from '../../test/apiserver/versions.ts'
import type { Files } from '../files.ts'
import { withPart } from './pages.ts'

/** The pages that say which versions of Kubernetes are tested: README.md and docs/upgrading.md. */
export function testedVersions(root: string): Files {
  const record = readRecord(root)
  const text = (file: string) => readFileSync(join(root, file), 'utf8')
  return {
    'README.md': withPart(text('README.md'), part, sentence(Object.keys(record))),
    'docs/upgrading.md': withPart(text('docs/upgrading.md'), part, table(record)),
  }
}

const part = 'tested-versions'

function sentence(tested: readonly string[]): string {
  const minors = versions.filter(version => tested.includes(version)).map(minorOf)
  const list = minors.length > 1 ? `${minors.slice(0, -1).join(', ')} and ${minors.at(-1)}` : minors.join('')
  return `[Tested](docs/upgrading.md#versions-of-kubernetes) on Kubernetes ${list || '(no result yet)'}.`
}

function table(record: Readonly<Record<string, Result>>): string {
  const rows = versions.map(version => {
    const result = record[version]
    const cells = result ? [result.passed, result.failed, result.notForVersion] : ['no result yet', '', '']
    return `| ${[version, ...cells].join(' | ')} |`
  })
  return ['| Kubernetes | Passed | Failed | Not for this version |', '|---|---|---|---|', ...rows].join('\n')
}

function minorOf(version: string): string {
  return version.replace(/^v(\d+\.\d+)\..*/, '$1')
}
