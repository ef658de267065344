import type { Report } from './report.ts'

/**
 * As JUnit XML, which the test reports of CI systems read: a test case for each folder and version of Kubernetes, and for
 * each profile if its coverage is required.
 * https://github.com/testmoapp/junitxml
 */
export function junit({ results: cases, coverage, requiresCoverage }: Report): string {
  const ofProfiles = coverage.map(({ profile, missing }) => ({
    name: `coverage of profile ${profile}`,
    status: missing.length > 0 ? ('failed' as const) : ('passed' as const),
    file: undefined,
    messages: missing,
    diff: '',
  }))
  const ofCases = cases.map(({ folder, kubernetesVersion, ...rest }) => ({
    ...rest,
    name: `${folder} (Kubernetes ${kubernetesVersion})`,
  }))
  const results = [...ofCases, ...(requiresCoverage ? ofProfiles : [])]
  const failures = results.filter(({ status }) => status === 'failed').length
  const errors = results.filter(({ status }) => status === 'invalid').length
  const counts = `tests="${results.length}" failures="${failures}" errors="${errors}"`
  const elementsOfCases = results.map(result => {
    const place = result.file === undefined ? '' : ` file=${quoted(result.file)}`
    const attributes = `classname="pillion" name=${quoted(result.name)}${place}`
    const element = elements[result.status]
    if (element === undefined) return `    <testcase ${attributes}/>\n`
    const [message = ''] = result.messages
    const details = [...result.messages, result.diff ?? ''].join('\n')
    return `    <testcase ${attributes}>\n      <${element} message=${quoted(message)}>${escaped(details)}</${element}>\n    </testcase>\n`
  })
  const suite = `  <testsuite name="pillion" ${counts}>\n${elementsOfCases.join('')}  </testsuite>\n`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n${suite}</testsuites>\n`
}

const elements = { passed: undefined, updated: undefined, failed: 'failure', invalid: 'error' } as const

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`
}

/** XML 1.0 has no form at all for most control characters. https://www.w3.org/TR/xml/#charsets */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}
