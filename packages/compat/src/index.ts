// Translation
export { type CompatOptions, compat } from './compat'
