import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Recording } from './recorder.ts'

const directory = join(import.meta.dirname, 'recordings')

export function recordingOf(name: string): Recording {
  return JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Recording
}

/** The names of all recordings. */
export function recordings(): readonly string[] {
  return globSync('*.json', { cwd: directory }).map(file => basename(file, '.json'))
}
