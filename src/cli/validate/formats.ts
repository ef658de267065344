import packageJson from '../../../package.json' with { type: 'json' }
import { describe, fieldPath } from '../../problems/problem.ts'
import type { Finding, Validation } from './finding.ts'

/** The formats for programs. */
export const formats = { json, sarif, github } as const

export type Format = keyof typeof formats

function json({ files, findings, notes }: Validation): string {
  const profiles = Array.from(files, ([{ kind, name, namespace, revision }, file]) => ({
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    revision,
    file,
  }))
  const shown = findings.map(({ path, ...rest }) => ({ ...rest, field: fieldPath(path) }))
  return pretty({ profiles, findings: shown, notes })
}

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html */
function sarif({ findings }: Validation): string {
  const rules = [...new Set(findings.map(({ severity }) => severity))].map(id => ({
    id,
    shortDescription: { text: ruleTexts[id] },
  }))
  const results = findings.map(finding => ({
    ruleId: finding.severity,
    level: { error: 'error', warning: 'warning', advice: 'note' }[finding.severity],
    message: { text: textOf(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.file ?? '-') },
          ...(finding.line !== undefined && {
            region: { startLine: finding.line, startColumn: finding.column ?? 1 },
          }),
        },
      },
    ],
  }))
  const driver = { name: 'pillion', version: packageJson.version, rules }
  return pretty({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results }],
  })
}

const ruleTexts = {
  error: 'The profile is not valid.',
  warning: 'The profile may be denied where it is applied.',
  advice: 'The profile is valid, but probably does not do what its author meant.',
} as const

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message */
function github({ findings }: Validation): string {
  return findings
    .map(finding => {
      const { severity, file = '-', line, column } = finding
      const command = { error: 'error', warning: 'warning', advice: 'notice' }[severity]
      const place = { file, ...(line !== undefined && { line, col: column ?? 1 }) }
      const properties = Object.entries(place).map(
        ([key, value]) => `${key}=${escapedProperty(String(value))}`,
      )
      return `::${command} ${properties.join(',')}::${escaped(textOf(finding))}\n`
    })
    .join('')
}

function textOf({ path, message }: Finding): string {
  return describe({ path, message })
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
