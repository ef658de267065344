import fc from 'fast-check'
import { seedOf } from './seed.ts'

// Before each test file: fast-check draws from this seed, pools of profiles included. A counterexample prints it.
fc.configureGlobal({ seed: seedOf(process.env) })
