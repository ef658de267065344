import type { Path } from '../../problems/problem.ts'
import type { Source } from './source.ts'
import type { TreeObject } from './tree.ts'

/** What became of a field. */
export const verdicts = ['kept', 'changed', 'impossible', 'not needed'] as const
export type Verdict = (typeof verdicts)[number]

/** What is said about a field, and all fields below it, that have no place of their own in a profile. */
export interface Note {
  readonly path: Path
  readonly verdict: Exclude<Verdict, 'kept'>
  readonly why: string
}

/** A line of a template that is not YAML. */
export interface TemplateLine {
  readonly line: number
  readonly text: string
  readonly why: string
}

/** What a document of another project becomes. */
export interface Imported {
  /** The document, with the YAML that texts in it contain. */
  readonly source: Source
  readonly profiles: readonly TreeObject[]
  readonly notes: readonly Note[]
  readonly lines?: readonly TemplateLine[]
  /** What people change in their Pods and namespaces: before, and after. */
  readonly requests: readonly (readonly [before: string, after: string])[]
}

/** Reads a document of one project; ends the command if it is not one. */
export type Importer = (source: Source) => Imported
