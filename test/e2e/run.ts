export { type Input, output, type Ran, root, run } from '../../tools/kind/run.ts'
