# Built on musl, so that the binary is static and stands alone in an empty image.
ARG BUILD_IMAGE=rust:1.95-alpine
FROM ${BUILD_IMAGE} AS build
RUN apk add --no-cache ca-certificates make musl-dev
WORKDIR /source
COPY . .
# What `--version` and the metrics say. `docker build --build-arg COMMIT="$(git rev-parse HEAD)"`
ARG COMMIT=unknown
RUN WSO_COMMIT=${COMMIT} cargo build --release --locked --bin workflow-schedule-operator

FROM scratch
# The authorities that the API's certificate is checked by. Zone data is compiled in.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /source/target/release/workflow-schedule-operator /workflow-schedule-operator
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/workflow-schedule-operator"]
CMD ["run"]
