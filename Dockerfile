# Builds the image of a service: --build-arg PROJECT=Softy.Api, Softy.Gateway or Softy.Web.
# The service is a native program (NativeAOT). --build-arg RUNTIME=aspnet builds one that .NET compiles while it runs.
# Needs neither BuildKit nor a private package feed.
ARG RUNTIME=runtime-deps

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# The linker of native programs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
ARG PROJECT
ARG RUNTIME
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
WORKDIR /src

# Packages change less often than code, so this layer is rebuilt only when a project file changes.
COPY Directory.Build.props Directory.Build.targets Directory.Packages.props Native.props Tuning.targets global.json ./
COPY Softy.ServiceDefaults/Softy.ServiceDefaults.csproj Softy.ServiceDefaults/
COPY ${PROJECT}/${PROJECT}.csproj ${PROJECT}/
RUN case ${RUNTIME} in runtime-deps) native=true ;; *) native=false ;; esac; echo "-p:Native=$native" > native.rsp \
    && dotnet restore ${PROJECT} @native.rsp

COPY Softy.ServiceDefaults/ Softy.ServiceDefaults/
COPY ${PROJECT}/ ${PROJECT}/
# The same program name for all projects, because the ENTRYPOINT below cannot use a build argument.
RUN dotnet publish ${PROJECT} --no-restore --output /app @native.rsp -p:Tuned=true \
        -p:DebugType=none -p:PublishDocumentationFiles=false -p:RunAnalyzers=false \
    && mv /app/${PROJECT} /app/service

# No shell, no package manager, no root: https://aka.ms/dotnet/distroless
FROM mcr.microsoft.com/dotnet/${RUNTIME}:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app ./
ENV DOTNET_EnableDiagnostics=0
USER $APP_UID
EXPOSE 8080
ENTRYPOINT ["/app/service"]
