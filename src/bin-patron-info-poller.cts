#!/usr/bin/env node
require('./launch.cjs')(['poll', '--config', 'preset:patron-info-poller']);
