/**
 * The versions of Kubernetes on whose API server Pillion is tested, oldest first: the newest patch that the Go module proxy
 * has of each supported minor version. Before 1.29 there are no native sidecars, before 1.30 no policies for admission, before
 * 1.33 no resizes: from.ts says which tests need them.
 */
export const versions = [
  'v1.28.15',
  'v1.29.15',
  'v1.33.13',
  'v1.34.4',
  'v1.35.4',
  'v1.36.3',
  'v1.37.2',
] as const

/**
 * The version that `npm test` uses: the newest, because it knows every field that older ones know. The generated files about
 * core/v1 come from it.
 */
export const usualVersion = 'v1.37.2'

/** The minor version of it. */
export const usualMinor = '1.37'

/** The oldest version on which everything works: rollouts resize containers in place. */
export const oldestWithEverything = 'v1.33.13'

/** The versions that arguments select: `1.33` or `v1.33.13`; all without arguments. Throws if one selects nothing. */
export function selectedVersions(args: readonly string[]): readonly string[] {
  const unknown = args.filter(arg => !versions.some(version => isSelected(version, arg)))
  if (unknown.length > 0) {
    throw new Error(`${unknown.join(', ')} is not tested; the versions are ${versions.join(', ')}`)
  }
  return args.length === 0 ? versions : versions.filter(version => args.some(arg => isSelected(version, arg)))
}

function isSelected(version: string, arg: string): boolean {
  return `${version}.`.startsWith(`v${arg.replace(/^v/, '')}.`)
}
