import { stringify } from 'yaml'
import { oneLine } from '../../problems/one-line.ts'
import { type ExitCode, type Io, printJson } from '../io.ts'
import { readTexts } from '../manifests/read.ts'
import { columns } from '../output/columns.ts'
import { type ImportedDocument, importText } from './import-text.ts'
import { verdicts } from './imported.ts'
import type { ImportFormat } from './names.ts'

interface ImportFlags {
  readonly output: 'yaml' | 'table' | 'json'
}

/** Prints the profiles that a file of another project becomes, and what becomes of each of its fields. */
export async function run(
  { output }: ImportFlags,
  io: Io,
  [format, file]: readonly string[],
): Promise<ExitCode> {
  const texts = await readTexts([file!], io)
  const documents = texts.flatMap(([name, text]) => importText(format as ImportFormat, text, name))
  const report = documents.map(reportOf).join('\n')
  if (output === 'json') printJson(documents, io)
  else if (output === 'table') io.out(report)
  else {
    io.out(documents.flatMap(({ profiles }) => profiles.map(each => stringify(each, asYaml))).join('---\n'))
    io.err(report)
  }
  return 0
}

// YAML 1.1, as kubectl reads it: a text such as "yes" gets quotes.
const asYaml = { aliasDuplicateObjects: false, lineWidth: 0, version: '1.1' } as const

function reportOf({ fields, requests }: ImportedDocument): string {
  const counts = verdicts.map(verdict => `${fields.filter(row => row.verdict === verdict).length} ${verdict}`)
  const rows = fields.map(({ line, field, verdict, places, why }) => [
    String(line),
    oneLine(field),
    verdict,
    oneLine([places.join(', '), why].filter(text => text !== '').join(': ')),
  ])
  const changes = requests.map(([before, after]) => [`  ${before}`, '→', after])
  return [
    columns([['LINE', 'FIELD', 'RESULT', 'IN THE PROFILE'], ...rows]),
    `${fields.length} fields: ${counts.join(', ')}\n`,
    `What changes in Pods and namespaces:\n${columns(changes.map(row => row.map(oneLine)))}`,
  ].join('\n')
}
