import { type Ref, shallowRef, watch } from 'vue'

/**
 * Each opening has a key of its own, which takes its component away with it. A browser says late that it has closed
 * something: that must not close what was opened meanwhile. And what failed to come without a line is tried again.
 */
export function useOpeningKey(what: Ref<unknown>): Readonly<Ref<symbol>> {
  const key = shallowRef(Symbol())
  watch(what, () => (key.value = Symbol()), { flush: 'sync' })
  return key
}
