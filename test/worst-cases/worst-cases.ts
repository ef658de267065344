import type { WorstCase } from './cases.ts'
import { ofPods } from './of-pods.ts'
import { ofProfiles } from './of-profiles.ts'

/** All cases by what they are the worst of. Each is made when it is wanted: together they are large. */
export const worstCases: Readonly<Record<string, () => Omit<WorstCase, 'of'>>> = { ...ofPods, ...ofProfiles }
