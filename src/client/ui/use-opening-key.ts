import { type Ref, shallowRef, watch } from 'vue'

/**
 * Each opening has its own key, so that Vue creates a new component for it. A browser reports late that it has closed
 * something: that report must not close what was opened meanwhile. A component that could not be fetched while the
 * browser was offline is fetched again.
 */
export function useOpeningKey(what: Ref<unknown>): Readonly<Ref<symbol>> {
  const key = shallowRef(Symbol())
  watch(what, () => (key.value = Symbol()), { flush: 'sync' })
  return key
}
