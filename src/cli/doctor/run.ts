import { styleText } from 'node:util'
import { checks } from '../checks/all.ts'
import type { Finding } from '../checks/finding.ts'
import {
  type InstallationFlags,
  isInstalled,
  liveInstallation,
  notInstalled,
} from '../cluster/installation.ts'
import { liveCluster } from '../cluster/live-cluster.ts'
import { type ExitCode, type Io, printJson } from '../io.ts'

interface DoctorFlags extends InstallationFlags {
  readonly output: 'text' | 'json'
}

/** Runs all checks and prints their findings; 1 when something is broken. */
export async function run(flags: DoctorFlags, io: Io): Promise<ExitCode> {
  const installation = await liveInstallation(await liveCluster(flags), flags)
  const findings = isInstalled(installation)
    ? (await Promise.all(checks.map(check => check(installation)))).flat()
    : [{ name: 'installation', status: 'broken' as const, ...notInstalled(installation) }]
  if (flags.output === 'json') printJson(findings, io)
  else io.out(printed(findings, io.isColoured))
  return findings.some(({ status }) => status === 'broken') ? 1 : 0
}

function printed(findings: readonly Finding[], isColoured: boolean): string {
  const nameWidth = Math.max(...findings.map(({ name }) => name.length))
  const indent = ' '.repeat(statusWidth + nameWidth + 4)
  const lines = findings.flatMap(({ name, status, message, hint }) => {
    const word = status.padEnd(statusWidth)
    const text = message.replaceAll('\n', `\n${indent}`)
    return [
      `${isColoured ? styleText(colours[status], word) : word}  ${name.padEnd(nameWidth)}  ${text}`,
      ...(hint === undefined ? [] : [`${indent}hint: ${hint}`]),
    ]
  })
  return `${lines.join('\n')}\n\n${totals(findings)}\n`
}

function totals(findings: readonly Finding[]): string {
  const counted = (['broken', 'warning', 'unknown', 'ok'] as const).map(status => ({
    status,
    count: findings.filter(finding => finding.status === status).length,
  }))
  return counted.flatMap(({ status, count }) => (count > 0 ? [`${count} ${status}`] : [])).join(', ')
}

const statusWidth = 'warning'.length
const colours = { ok: 'green', warning: 'yellow', broken: 'red', unknown: 'gray' } as const
