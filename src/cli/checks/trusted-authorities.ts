import { webhooksIn } from '../cluster/installation.ts'
import { notesOf } from '../cluster/live-cluster.ts'
import { describeTrusted, trustedBy } from '../cluster/trusted-authorities.ts'
import { check, unknown } from './finding.ts'

/** How many CAs the API server trusts: each of their keys could sign for Pillion. Says nothing about the certificate. */
export const trustedAuthorities = check('trusted CAs', async function* ({ mutating, validating }) {
  const unread = [mutating, validating].flatMap(notesOf)
  for (const why of unread) yield unknown(why)
  const authorities = await trustedBy(webhooksIn(mutating, validating))
  if (authorities.length === 0 && unread.length === 0) yield unknown('there is no CA in a caBundle')
  const spare = authorities.length > 1 ? '; an earlier CA stays until it expires, or is revoked' : ''
  return `the API server trusts ${describeTrusted(authorities)}${spare}`
})
