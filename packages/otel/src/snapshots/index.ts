export { SnapshotSpanProcessor, type SnapshotSpanProcessorOptions } from './snapshot-span-processor'
