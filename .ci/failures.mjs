import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

// `node .ci/failures.mjs LOG [REPORT]`: prints what failed in a part of .ci/run that failed: each test of vitest's JSON
// report and each finding of the fuzz, with the first and last lines of its message; where none is named, the end of the log. In
// plain JavaScript for any Node, as npm ci may be what failed.
const [logFile = '', reportFile = ''] = process.argv.slice(2)
const mostFailures = 30
const mostLines = 15

/** @typedef {{ fullName: string, status: string, failureMessages?: string[] }} Assertion */
/** @typedef {{ name: string, status: string, message?: string, assertionResults: Assertion[] }} TestFile */

const log = stripVTControlCharacters(readFileSync(logFile, 'utf8')).trimEnd().split('\n')
const failures = [...failedTests(), ...findings()]
for (const failure of failures.slice(0, mostFailures)) console.log(failure)
if (failures.length > mostFailures) console.log(`and ${failures.length - mostFailures} more`)
if (failures.length === 0) console.log(log.slice(-40).map(line => line.slice(0, 300)).join('\n'))

function failedTests() {
  if (!existsSync(reportFile)) return []
  /** @type {{ testResults: TestFile[] }} */
  const { testResults } = JSON.parse(readFileSync(reportFile, 'utf8'))
  return testResults.flatMap(({ name, status, message = '', assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter(each => each.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [`FAILED ${file}\n${beginning(message)}`] : []
    return failed.map(
      ({ fullName, failureMessages = [] }) => `FAILED ${file} > ${fullName}\n${beginning(failureMessages.join('\n'))}`,
    )
  })
}

function findings() {
  return log.filter(line => /^(finding: |  kept as )/.test(line)).map(line => `FUZZ ${line.slice(0, 600)}`)
}

/** @param {string} message */
function beginning(message) {
  const lines = stripVTControlCharacters(message).split('\n').filter(line => line.trim() !== '')
  const here = `${process.cwd()}/`
  const isForeign = line => /^\s+at /.test(line) && (!line.includes(here) || line.includes('node_modules'))
  const own = lines.filter(line => !isForeign(line)).map(line => line.replaceAll(here, ''))
  // What a command printed last says why it failed; what a test is about stands first.
  const shown = own.length <= 2 * mostLines ? own : [...own.slice(0, mostLines), '…', ...own.slice(-mostLines)]
  return shown.map(line => `    ${line.slice(0, 300)}`).join('\n')
}
