#!/usr/bin/env node
require('./launch.cjs')(['load', '--config', 'preset:patronload']);
