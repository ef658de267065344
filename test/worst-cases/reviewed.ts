import type { ReviewContext } from '../../src/admission/review.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'

export function reviewingOf(profiles: Profiles): ReviewContext {
  return {
    profiles,
    cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set() },
    namespaceOf: name => ({ name, labels: {}, annotations: {} }),
  }
}
