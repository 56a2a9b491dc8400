export type { PageState } from '../shared/page-state.ts'
