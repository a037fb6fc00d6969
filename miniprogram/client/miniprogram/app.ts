import { offerUpdate } from './lib/update'

App({
  onLaunch() {
    offerUpdate()
  },
})
