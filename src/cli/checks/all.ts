import { certificate } from './certificate.ts'
import { customResources } from './custom-resources.ts'
import { dryRun } from './dry-run.ts'
import { failedCalls } from './failed-calls.ts'
import type { Check } from './finding.ts'
import { leader } from './leader.ts'
import { otherWebhooks } from './other-webhooks.ts'
import { permissions } from './permissions.ts'
import { pods } from './pods.ts'
import { profiles } from './profiles.ts'
import { revisionPolicy } from './revision-policy.ts'
import { service } from './service.ts'
import { tokenPolicy } from './token-policy.ts'
import { trustedAuthorities } from './trusted-authorities.ts'
import { versions } from './versions.ts'
import { webhooks } from './webhooks.ts'

/** The checks of `pillion doctor`: first what the others depend on, last the whole in a dry run. */
export const checks: readonly Check[] = [
  versions,
  customResources,
  webhooks,
  service,
  certificate,
  trustedAuthorities,
  permissions,
  tokenPolicy,
  revisionPolicy,
  leader,
  profiles,
  pods,
  otherWebhooks,
  failedCalls,
  dryRun,
]
